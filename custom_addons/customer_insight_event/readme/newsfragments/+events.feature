Segments are invited to events by playbooks; invited, registered, came and stayed away are counted, and the effect is measured against a control group.
