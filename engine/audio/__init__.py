"""Audio: any value to a clip, transforms, encoding, the doctor, and whole sets of clips."""
