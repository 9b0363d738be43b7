"""The parts of an ingest worker: a lane per camera, its state, its outlet, its evidence."""
