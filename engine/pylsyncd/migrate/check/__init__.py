"""`pylsyncd check`: what is wrong with configs, found without running them."""
