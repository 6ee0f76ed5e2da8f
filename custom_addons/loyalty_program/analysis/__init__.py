from . import advice, loyalty, loyalty_effect
