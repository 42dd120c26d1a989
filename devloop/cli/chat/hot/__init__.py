"""The hot chat: a conversation whose code may change while it goes on."""
