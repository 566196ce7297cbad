"""The `sitrep` command line. Each module is a group of commands; heavy imports wait until a command needs them."""
