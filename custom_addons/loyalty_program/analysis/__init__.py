from . import loyalty, loyalty_effect
