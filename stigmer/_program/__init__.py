"""Run a program and write down what it declares; call one of its activities."""
