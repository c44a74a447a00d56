"""Of trainings: by step."""
