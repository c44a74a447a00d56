"""Tables and figures from the run files of Octavo; docs/hdf5-schema.md is all that it knows about them."""
