"""Files beside a message: to the model, and into what is remembered."""
