# Every target is a command of scripts/suite; variables given here reach it through the
# environment: `make run PORT=8070`, `make test ADDON=customer_insight`.
COMMANDS := help run stop reset shell load test lint bench screenshots

.DEFAULT_GOAL := help
.PHONY: $(COMMANDS)
# One command at a time, even under `make -j`: they share the folder .odoo.
.NOTPARALLEL:

$(COMMANDS):
	@scripts/suite $@
