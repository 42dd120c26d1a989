"""Python functions of a project, called by its agents: in a process of the project's interpreter."""
