from . import feedback_compensation, feedback_give_out
