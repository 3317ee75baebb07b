"""The parts of `explain`: which rule decides, where it stands, what is started, and how that is shown."""
