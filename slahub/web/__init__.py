"""What the daemon serves over HTTP: hints come in, health and counts go out."""
