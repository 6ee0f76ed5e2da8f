Analysis screens suggest what to do: the finding, the plan, its records, and the playbook, segment or mailing that carries it out; only for what is beyond chance.
