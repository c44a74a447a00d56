// Builds the room before it has sources.
