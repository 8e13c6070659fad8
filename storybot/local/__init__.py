"""Models on this machine: which there are, how they get here, whether they fit, and the child process that runs one."""
