"""The relay: a small HTTP interface of the operator's own, through which any other chat is reached (docs/relay.md)."""
