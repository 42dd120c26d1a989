"""The gRPC services: message in, one call, message out."""
