from . import test_compensation, test_give_out
