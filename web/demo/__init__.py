"""The demo workspace of ``make run``: a believable month, made through the engine's own use cases."""
