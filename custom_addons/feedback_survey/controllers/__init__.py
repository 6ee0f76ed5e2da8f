from . import feedback, portal, survey
