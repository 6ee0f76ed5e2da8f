Playbooks: a plan of steps begins when a customer enters a stage or segment, is warned
of, falls silent or has the first order delivered. Consent, a limit of touches and quiet
hours are looked at when something is sent, and a control group shows whether it helps.
