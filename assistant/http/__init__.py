"""Parts of the HTTP face: who may call, error bodies, numbers for monitoring, work in threads, documents."""
