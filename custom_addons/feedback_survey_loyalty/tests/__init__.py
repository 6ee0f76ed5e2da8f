from . import test_compensation
