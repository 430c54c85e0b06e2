"""What an agent remembers of its controllers, as pure state: time is an argument, and nothing here waits or sends."""
