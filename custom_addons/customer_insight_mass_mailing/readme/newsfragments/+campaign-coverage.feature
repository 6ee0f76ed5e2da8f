Campaign coverage: segments whose demand rises and that no running mailing reaches.
