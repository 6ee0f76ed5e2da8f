from . import base, themes, theme_quality  # isort: skip  (in this order)
