What customers told elsewhere, such as in feedback, counts as the reason of a loss that nobody coded, and is offered where one is coded.
