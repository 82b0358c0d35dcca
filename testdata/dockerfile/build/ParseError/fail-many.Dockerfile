FROM alpine:3.20
key0 = value
key1 = value
key2 = value
key3 = value
key4 = value
key5 = value
key6 = value
key7 = value
key8 = value
key9 = value
key10 = value
key11 = value
key12 = value
key13 = value
key14 = value
