"""`python -m yiwang`: the same as the console script."""

from yiwang.project.cli import main

if __name__ == "__main__":
    main()
