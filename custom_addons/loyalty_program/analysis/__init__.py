from . import advice, loyalty, loyalty_effect, loyalty_empty
