from . import controllers, models, wizard, analysis  # isort: skip  (in this order)
