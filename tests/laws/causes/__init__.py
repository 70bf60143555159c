"""The law of cause: how a scenario was made says what Kedge must call it."""
