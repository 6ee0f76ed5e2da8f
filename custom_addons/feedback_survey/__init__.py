from . import models, wizard, analysis  # isort: skip  (in this order)
