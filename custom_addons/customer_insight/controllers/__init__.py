from . import analysis, greeting
