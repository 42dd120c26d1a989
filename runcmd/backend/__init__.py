"""The calls to a backend: where it is, how patiently it is asked, what its refusals mean."""
