"""Chat platforms on loopback, for the tests of whoever talks to them."""
