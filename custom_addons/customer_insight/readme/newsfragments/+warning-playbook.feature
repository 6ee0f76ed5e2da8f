A running playbook for warnings takes the place of the calls that the switch *Activities for Warnings* plans; text messages that could not be delivered stand in the log of the playbook.
