"""The set-up kit: everything behind `make`, from an empty machine to a green test run.

Runs on the machine's own Python with the standard library alone; what needs packages
runs in the private environment that `environment` builds.
"""
