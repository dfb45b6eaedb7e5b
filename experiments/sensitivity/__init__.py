"""What an answer hangs on: which parameters move it, in which worlds it holds, how many seeds it needs."""
