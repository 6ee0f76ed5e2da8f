from . import test_delivery, test_whole_loop
