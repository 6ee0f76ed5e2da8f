from . import test_course, test_playbook
