"""`stigmer graph`: a workflow, an agent or a whole project as a picture."""
