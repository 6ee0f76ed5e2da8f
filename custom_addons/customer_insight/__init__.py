from . import models, wizard, analysis, controllers  # isort: skip  (in this order)
