"""What is counted and timed, one metric a module: whole numpy batches in, figures out, constant memory."""
