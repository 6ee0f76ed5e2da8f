from . import base, drivers, journey, themes, theme_quality  # isort: skip  (in this order)
