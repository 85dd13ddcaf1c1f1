"""`python -m symnet` is the command `symnet`."""

from symnet.cli import main

if __name__ == "__main__":
    main(prog_name="symnet")
