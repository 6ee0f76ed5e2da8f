from . import base, drivers, themes, theme_quality  # isort: skip  (in this order)
