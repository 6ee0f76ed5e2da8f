from . import feedback_compensation
