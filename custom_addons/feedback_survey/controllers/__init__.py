from . import feedback, give_out, portal, survey
